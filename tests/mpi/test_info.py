"""MPI.Info."""

import pickle

import pytest
from mpi4py import MPI


@pytest.fixture
def info():
    info = MPI.Info.Create()
    yield info
    info.free()


@pytest.fixture
def filled(info):
    info.update({"one": "1", "two": "2", "three": "3"})
    return info


def test_new_is_null():
    assert MPI.Info() == MPI.INFO_NULL
    assert not MPI.INFO_NULL
    assert MPI.Info(info=MPI.INFO_ENV) == MPI.INFO_ENV


def test_create_is_empty(info):
    assert info
    assert info != MPI.INFO_NULL
    assert len(info) == info.Get_nkeys() == 0
    assert list(info) == info.keys() == info.values() == info.items() == []


def test_set_and_get(info):
    info.Set("key", "value")
    assert info.Get("key") == info["key"] == info.get("key") == "value"
    assert "key" in info
    assert len(info) == 1
    info.Set(key="key", value="other")
    assert info["key"] == "other"


def test_get_of_a_key_that_is_not_there(info):
    assert info.Get("none") is None
    assert info.get("none") is None
    assert info.get("none", "default") == "default"
    assert "none" not in info
    with pytest.raises(KeyError):
        info["none"]


@pytest.mark.parametrize("key, value", [("é", "ü"), (b"bytes", b"value"), ("k" * 20, "v" * 200), ("with space", "a b")])
def test_texts(info, key, value):
    info[key] = value
    assert info[key] == (value.decode() if isinstance(value, bytes) else value)


@pytest.mark.parametrize("bad", [3, None, ["a"]])
def test_texts_are_str(info, bad):
    with pytest.raises(TypeError):
        info.Set("key", bad)
    with pytest.raises(TypeError):
        info.Get(bad)


def test_text_with_nul(info):
    with pytest.raises(ValueError):
        info.Set("key", "a\0b")


def test_delete(filled):
    filled.Delete("one")
    del filled["two"]
    assert filled.keys() == ["three"]
    with pytest.raises(KeyError):
        del filled["two"]
    with pytest.raises(MPI.Exception) as caught:
        filled.Delete("two")
    assert caught.value.error_class == MPI.ERR_INFO_NOKEY


def test_keys_by_position(filled):
    assert sorted(filled.Get_nthkey(n) for n in range(filled.Get_nkeys())) == ["one", "three", "two"]
    with pytest.raises(MPI.Exception):
        filled.Get_nthkey(100)


def test_mapping(filled):
    assert dict(filled) == dict(filled.items()) == {"one": "1", "two": "2", "three": "3"}
    assert dict(zip(filled.keys(), filled.values(), strict=True)) == dict(filled)
    assert list(filled) == filled.keys()


def test_update(info):
    info.update({"a": "1"})
    info.update([("b", "2")])
    info.update(c="3")
    other = MPI.Info.Create({"d": "4"})
    info.update(other)
    other.Free()
    info.update()
    assert dict(info) == {"a": "1", "b": "2", "c": "3", "d": "4"}
    with pytest.raises(TypeError):
        info.update(3)
    with pytest.raises(TypeError):
        info.update({"a": 1})


def test_pop(filled):
    assert filled.pop("one") == "1"
    assert filled.pop("one", "default") == "default"
    assert filled.pop("one", None) is None
    with pytest.raises(KeyError):
        filled.pop("one")
    left = dict(filled)
    key, value = filled.popitem()
    assert left.pop(key) == value
    assert dict(filled) == left
    filled.clear()
    assert len(filled) == 0
    with pytest.raises(KeyError):
        filled.popitem()


def test_copies(filled):
    for again in (filled.copy(), filled.Dup(), pickle.loads(pickle.dumps(filled))):
        assert type(again) is MPI.Info
        assert again != filled
        assert dict(again) == dict(filled)
        again.Free()


@pytest.mark.parametrize("items", [{"a": "b"}, [("a", "b")], {"a": "b"}.items()])
def test_create_with_items(items):
    info = MPI.Info.Create(items)
    assert dict(info) == {"a": "b"}
    info.Free()


def test_create_with_bad_items():
    with pytest.raises(TypeError):
        MPI.Info.Create(3)
    with pytest.raises(TypeError):
        MPI.Info.Create({"a": 1})


def test_null_is_an_empty_mapping():
    null = MPI.INFO_NULL
    assert len(null) == 0
    assert list(null) == null.keys() == null.items() == []
    assert "a" not in null
    assert null.get("a") is None
    assert null.pop("a", "default") == "default"
    assert null.copy() == MPI.INFO_NULL
    null.clear()
    null.free()
    for change in (lambda: null.update(a="1"), lambda: null.pop("a"), null.popitem, lambda: null["a"],
                   lambda: null.__setitem__("a", "b"), lambda: null.__delitem__("a")):
        with pytest.raises(KeyError):
            change()
    for call in (lambda: null.Set("a", "b"), lambda: null.Get("a"), null.Get_nkeys, null.Dup, MPI.Info().Free):
        with pytest.raises(MPI.Exception):
            call()


def test_environment():
    assert MPI.INFO_ENV
    assert all(isinstance(value, str) for value in MPI.INFO_ENV.values())
    MPI.INFO_ENV.free()
    assert pickle.loads(pickle.dumps(MPI.INFO_ENV)) is MPI.INFO_ENV


@pytest.mark.optional("MPI_Info_create_env is MPI 4.0's")
@pytest.mark.parametrize("args", [None, [], ["program", "argument"]])
def test_create_env(args):
    info = MPI.Info.Create_env(args)
    assert isinstance(info.keys(), list)
    info.Free()


def test_free(info):
    info.Free()
    assert info == MPI.INFO_NULL
    info.free()


def test_subclass_begets_its_own():
    class Mine(MPI.Info):
        pass

    mine = Mine.Create({"a": "b"})
    made = [mine, mine.Dup(), mine.copy()]
    assert {type(new) for new in made} == {Mine}
    for new in made:
        new.Free()

"""Questions to the environment."""

STATEMENTS = [
    # name, setup, statement, check
    ("Get_version", "", "MPI.Get_version()", "_[0] >= 3"),
    ("Is_initialized", "", "MPI.Is_initialized()", "_ is True"),
    ("Is_finalized", "", "MPI.Is_finalized()", "_ is False"),
    ("Is_thread_main", "", "MPI.Is_thread_main()", "_ is True"),
    ("Query_thread", "", "MPI.Query_thread()", "_ >= MPI.THREAD_SINGLE"),
    ("Wtime", "", "MPI.Wtime()", "_ > 0"),
    ("Get_processor_name", "", "MPI.Get_processor_name()", "len(_) > 0"),
    ("Get_error_class", "", "MPI.Get_error_class(MPI.ERR_RANK)", "_ == MPI.ERR_RANK"),
    ("Get_error_string", "", "MPI.Get_error_string(MPI.ERR_RANK)", "len(_) > 0"),
]

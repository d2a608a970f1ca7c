//! What is there, and what is not.

use core::ffi::{CStr, c_int};

use mpi_api::{MPI_INFO_NULL, MPI_SUCCESS};

use crate::harness::{Case, Fault, Outcome, World, ask, is_supported, mpi, null_request, same};

pub const CASES: &[Case] = &[
    ("binding", binding),
    ("unsupported functions say so", unsupported),
    ("strings of an info object", info_strings),
    ("info of the environment", info_env),
    ("ABI version and sizes", abi),
    ("ABI of Fortran", fortran),
    ("hardware resources", resources),
    ("duplicate with info", duplicate),
    ("sessions", sessions),
];

/// Nothing that the stub declares is missing, and every large-count form is there that can be.
fn binding(_: &World) -> Outcome {
    let binding = mpi_api::binding().ok_or_else(|| Fault::Failed("nothing is bound".to_owned()))?;
    let total = binding.native.len() + binding.emulated.len() + binding.unsupported.len();
    same("functions", &total, &mpi_api::FUNCTION_COUNT)?;
    same("declared, but lacking", &binding.lacking[..], &[])?;
    let without: Vec<&str> = binding
        .unsupported
        .iter()
        .filter(|name| name.strip_suffix("_c").is_some_and(is_supported))
        .copied()
        .collect();
    same("large-count forms without an emulation", &without[..], &[])
}

fn unsupported(world: &World) -> Outcome {
    if is_supported("MPI_Remove_error_class") {
        return Err(Fault::Skipped("MPI_Remove_error_class is there".to_owned()));
    }
    let code = unsafe { mpi_api::MPI_Remove_error_class(1) };
    same("code", &code, &mpi_api::MPI_ERR_UNSUPPORTED_OPERATION)?;
    same("name", &mpi_api::take_unsupported(), &Some("MPI_Remove_error_class"))?;
    same("name, again", &mpi_api::take_unsupported(), &None)?;
    same("rank", &(world.rank < world.size), &true)
}

fn info_strings(_: &World) -> Outcome {
    let mut info = ask!(MPI_Info_create());
    mpi!(MPI_Info_set(info, c"key".as_ptr(), c"value".as_ptr()));
    for (room, wanted) in [(0, ""), (1, ""), (3, "va"), (6, "value"), (20, "value")] {
        let (mut text, mut length, mut flag) = ([0_u8; 32], room, 0);
        let to = text.as_mut_ptr().cast();
        mpi!(MPI_Info_get_string(info, c"key".as_ptr(), &raw mut length, to, &raw mut flag));
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        let got = String::from_utf8_lossy(&text[..end]).into_owned();
        same("value", &(flag, length, got.as_str()), &(1, 6, wanted))?;
    }
    let (mut text, mut length, mut flag) = ([0_u8; 1], 1, 1);
    let to = text.as_mut_ptr().cast();
    mpi!(MPI_Info_get_string(info, c"other".as_ptr(), &raw mut length, to, &raw mut flag));
    same("flag", &flag, &0)?;
    mpi!(MPI_Info_free(&raw mut info));
    Ok(())
}

fn info_env(_: &World) -> Outcome {
    let mut info = MPI_INFO_NULL();
    mpi!(MPI_Info_create_env(0, core::ptr::null_mut(), &raw mut info));
    same("there", &(info == MPI_INFO_NULL()), &false)?;
    mpi!(MPI_Info_free(&raw mut info));
    Ok(())
}

fn abi(_: &World) -> Outcome {
    let (mut major, mut minor) = (0, 0);
    mpi!(MPI_Abi_get_version(&raw mut major, &raw mut minor));
    same("known", &(major, minor).ge(&(-1, -1)), &true)?;
    let mut info = MPI_INFO_NULL();
    mpi!(MPI_Abi_get_info(&raw mut info));
    if info == MPI_INFO_NULL() {
        return Err(Fault::Skipped("the library tells nothing".to_owned()));
    }
    let (mut text, mut length, mut flag) = ([0_u8; 8], 8, 0);
    let to = text.as_mut_ptr().cast();
    mpi!(MPI_Info_get_string(info, c"mpi_count_size".as_ptr(), &raw mut length, to, &raw mut flag));
    same("size of a count", &(flag, text[0]), &(1, b'8'))?;
    mpi!(MPI_Info_free(&raw mut info));
    Ok(())
}

fn fortran(_: &World) -> Outcome {
    let mut info = MPI_INFO_NULL();
    mpi!(MPI_Abi_get_fortran_info(&raw mut info));
    if info == MPI_INFO_NULL() {
        return Err(Fault::Skipped("the library tells nothing".to_owned()));
    }
    let value = |key: &CStr| {
        let (mut text, mut length, mut flag) = ([0_u8; 8], 8, 0);
        let to = text.as_mut_ptr().cast();
        mpi!(MPI_Info_get_string(info, key.as_ptr(), &raw mut length, to, &raw mut flag));
        Ok(String::from_utf8_lossy(&text).trim_end_matches('\0').to_owned())
    };
    let size: c_int = ask!(MPI_Type_size(mpi_api::MPI_INTEGER()));
    same("size of an integer", &value(c"mpi_integer_size")?, &size.to_string())?;
    same("double complex", &value(c"mpi_double_complex_supported")?, &"true".to_owned())?;
    mpi!(MPI_Info_free(&raw mut info));
    Ok(())
}

fn resources(_: &World) -> Outcome {
    let mut info = MPI_INFO_NULL();
    mpi!(MPI_Get_hw_resource_info(&raw mut info));
    let keys: c_int = ask!(MPI_Info_get_nkeys(info));
    same("number", &(keys >= 0), &true)?;
    mpi!(MPI_Info_free(&raw mut info));
    Ok(())
}

fn duplicate(world: &World) -> Outcome {
    let (mut comm, mut request) = (mpi_api::MPI_COMM_NULL(), null_request());
    mpi!(MPI_Comm_idup_with_info(world.comm, MPI_INFO_NULL(), &raw mut comm, &raw mut request));
    crate::harness::wait(&mut request)?;
    same("size", &ask!(MPI_Comm_size(comm)), &world.size)?;
    mpi!(MPI_Comm_free(&raw mut comm));
    Ok(())
}

fn sessions(_: &World) -> Outcome {
    let mut session = mpi_api::MPI_SESSION_NULL();
    mpi!(MPI_Session_init(MPI_INFO_NULL(), mpi_api::MPI_ERRORS_RETURN(), &raw mut session));
    let sets: c_int = ask!(MPI_Session_get_num_psets(session, MPI_INFO_NULL()));
    same("process sets", &(sets >= 2), &true)?;
    let mut group = ask!(MPI_Group_from_session_pset(session, c"mpi://SELF".as_ptr()));
    same("of itself", &ask!(MPI_Group_size(group)), &1)?;
    mpi!(MPI_Group_free(&raw mut group));
    let code = unsafe { mpi_api::MPI_Session_finalize(&raw mut session) };
    same("finalized", &code, &MPI_SUCCESS)
}

//! Handles as integers.

use mpi_api::types::MPI_Request;

use crate::harness::{Case, Outcome, World, called, is_supported, same};

pub const CASES: &[Case] = &[("handles as integers", integers), ("handles as Fortran integers", fortran)];

/// Each handle survives the way to an integer and back.
macro_rules! round_trips {
    ($($to:ident $from:ident $handle:expr;)*) => {
        $(
            if is_supported(stringify!($to)) {
                let handle = $handle;
                let back = unsafe { mpi_api::$from(mpi_api::$to(handle)) };
                same(stringify!($to), &back, &handle)?;
            } else {
                println!("# {} is unsupported", stringify!($to));
            }
        )*
    };
}

fn integers(world: &World) -> Outcome {
    round_trips! {
        MPI_Comm_toint MPI_Comm_fromint world.comm;
        MPI_Comm_toint MPI_Comm_fromint mpi_api::MPI_COMM_NULL();
        MPI_Errhandler_toint MPI_Errhandler_fromint mpi_api::MPI_ERRORS_RETURN();
        MPI_File_toint MPI_File_fromint mpi_api::MPI_FILE_NULL();
        MPI_Group_toint MPI_Group_fromint mpi_api::MPI_GROUP_EMPTY();
        MPI_Info_toint MPI_Info_fromint mpi_api::MPI_INFO_NULL();
        MPI_Message_toint MPI_Message_fromint mpi_api::MPI_MESSAGE_NO_PROC();
        MPI_Op_toint MPI_Op_fromint mpi_api::MPI_SUM();
        MPI_Request_toint MPI_Request_fromint mpi_api::MPI_REQUEST_NULL();
        MPI_Type_toint MPI_Type_fromint mpi_api::MPI_DOUBLE();
        MPI_Win_toint MPI_Win_fromint mpi_api::MPI_WIN_NULL();
    }
    if is_supported("MPI_Session_init") {
        round_trips! { MPI_Session_toint MPI_Session_fromint mpi_api::MPI_SESSION_NULL(); }
    }
    Ok(())
}

fn fortran(world: &World) -> Outcome {
    round_trips! {
        MPI_Comm_c2f MPI_Comm_f2c world.comm;
        MPI_Errhandler_c2f MPI_Errhandler_f2c mpi_api::MPI_ERRORS_RETURN();
        MPI_File_c2f MPI_File_f2c mpi_api::MPI_FILE_NULL();
        MPI_Group_c2f MPI_Group_f2c mpi_api::MPI_GROUP_EMPTY();
        MPI_Info_c2f MPI_Info_f2c mpi_api::MPI_INFO_NULL();
        MPI_Message_c2f MPI_Message_f2c mpi_api::MPI_MESSAGE_NULL();
        MPI_Op_c2f MPI_Op_f2c mpi_api::MPI_MAX();
        MPI_Type_c2f MPI_Type_f2c mpi_api::MPI_INT();
        MPI_Win_c2f MPI_Win_f2c mpi_api::MPI_WIN_NULL();
    }
    // A live handle, not a predefined one.
    let (mut request, mut got): (MPI_Request, i32) = (mpi_api::MPI_REQUEST_NULL(), 0);
    let place = (&raw mut got).cast();
    unsafe {
        let int = mpi_api::MPI_INT();
        let code = mpi_api::MPI_Recv_init_c(place, 1, int, world.rank, 1, world.comm, &raw mut request);
        called("MPI_Recv_init_c", code)?;
        let back = mpi_api::MPI_Request_f2c(mpi_api::MPI_Request_c2f(request));
        same("request", &back, &request)?;
        called("MPI_Request_free", mpi_api::MPI_Request_free(&raw mut request))
    }
}

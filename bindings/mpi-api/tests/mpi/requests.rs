//! The state of several requests, and status.

use core::ffi::c_int;

use mpi_api::types::MPI_Request;
use mpi_api::{MPI_BYTE, MPI_INT, MPI_REQUEST_NULL, MPI_STATUS_IGNORE, MPI_STATUSES_IGNORE, MPI_UNDEFINED};

use crate::harness::{Case, Outcome, World, ask, count_of, empty_status, mpi, null_request, same, wait};

pub const CASES: &[Case] = &[
    ("request_get_status of several", several),
    ("request_get_status of none", none),
    ("status fields", fields),
    ("status elements", elements),
    ("status for Fortran", fortran),
];

fn several(world: &World) -> Outcome {
    let (sent, mut got) = (world.rank, -1);
    let mut requests = [MPI_REQUEST_NULL(); 3];
    let to = (&raw mut got).cast();
    mpi!(MPI_Irecv_c(to, 1, MPI_INT(), world.previous(), 3, world.comm, &raw mut requests[1]));
    let asked = requests.as_ptr();
    let (mut index, mut flag, mut number) = (0, -1, -1);
    let mut places = [-1; 3];
    let mut status = empty_status();
    let mut statuses = [empty_status(); 3];
    let ignored = MPI_STATUS_IGNORE();
    mpi!(MPI_Request_get_status_any(3, asked, &raw mut index, &raw mut flag, ignored));
    same("any, pending", &(flag, index), &(0, MPI_UNDEFINED))?;
    mpi!(MPI_Request_get_status_all(3, asked, &raw mut flag, MPI_STATUSES_IGNORE()));
    same("all, pending", &flag, &0)?;
    mpi!(MPI_Request_get_status_some(3, asked, &raw mut number, places.as_mut_ptr(), statuses.as_mut_ptr()));
    same("some, pending", &number, &0)?;
    mpi!(MPI_Barrier(world.comm));
    mpi!(MPI_Send_c((&raw const sent).cast(), 1, MPI_INT(), world.next(), 3, world.comm));
    while flag == 0 {
        mpi!(MPI_Request_get_status_any(3, asked, &raw mut index, &raw mut flag, &raw mut status));
    }
    same("any", &(index, status.MPI_SOURCE, status.MPI_TAG), &(1, world.previous(), 3))?;
    mpi!(MPI_Request_get_status_all(3, asked, &raw mut flag, statuses.as_mut_ptr()));
    same("all", &(flag, statuses[1].MPI_SOURCE), &(1, world.previous()))?;
    mpi!(MPI_Request_get_status_some(3, asked, &raw mut number, places.as_mut_ptr(), statuses.as_mut_ptr()));
    same("some", &(number, places[0], statuses[0].MPI_TAG), &(1, 1, 3))?;
    wait(&mut requests[1])?;
    same("received", &got, &world.previous())
}

fn none(_: &World) -> Outcome {
    let requests: [MPI_Request; 2] = [null_request(); 2];
    let (mut index, mut flag, mut number) = (0, 0, 0);
    let mut places: [c_int; 2] = [0; 2];
    let mut status = empty_status();
    mpi!(MPI_Request_get_status_any(2, requests.as_ptr(), &raw mut index, &raw mut flag, &raw mut status));
    same("any", &(flag, index), &(1, MPI_UNDEFINED))?;
    same("count", &count_of(&status, MPI_BYTE())?, &0)?;
    mpi!(MPI_Request_get_status_all(2, requests.as_ptr(), &raw mut flag, MPI_STATUSES_IGNORE()));
    same("all", &flag, &1)?;
    mpi!(MPI_Request_get_status_some(
        2,
        requests.as_ptr(),
        &raw mut number,
        places.as_mut_ptr(),
        MPI_STATUSES_IGNORE()
    ));
    same("some", &number, &MPI_UNDEFINED)
}

fn fields(_: &World) -> Outcome {
    let mut status = empty_status();
    let place = &raw mut status;
    mpi!(MPI_Status_set_source(place, 3));
    mpi!(MPI_Status_set_tag(place, 4));
    mpi!(MPI_Status_set_error(place, 5));
    same("source", &ask!(MPI_Status_get_source(place)), &3)?;
    same("tag", &ask!(MPI_Status_get_tag(place)), &4)?;
    same("error", &ask!(MPI_Status_get_error(place)), &5)
}

fn elements(_: &World) -> Outcome {
    for count in [0, 5, 1 << 20, (1 << 31) + 8, 1 << 40] {
        let mut status = empty_status();
        mpi!(MPI_Status_set_elements_c(&raw mut status, MPI_INT(), count));
        same("count", &count_of(&status, MPI_INT())?, &count)?;
        same("bytes", &count_of(&status, MPI_BYTE())?, &(4 * count))?;
        same("elements", &ask!(MPI_Get_elements_c(&raw const status, MPI_INT())), &count)?;
    }
    let mut status = empty_status();
    mpi!(MPI_Status_set_elements_c(&raw mut status, MPI_BYTE(), 6));
    same("no whole number", &count_of(&status, MPI_INT())?, &MPI_UNDEFINED.into())
}

fn fortran(_: &World) -> Outcome {
    let (mut status, mut back, mut modern) = (empty_status(), empty_status(), empty_status());
    let mut integers = [0; 16];
    status.MPI_SOURCE = 3;
    mpi!(MPI_Status_set_elements_c(&raw mut status, MPI_BYTE(), 6));
    mpi!(MPI_Status_c2f(&raw const status, integers.as_mut_ptr()));
    mpi!(MPI_Status_f2c(integers.as_ptr(), &raw mut back));
    same("integers", &(back.MPI_SOURCE, count_of(&back, MPI_BYTE())?), &(3, 6))?;
    mpi!(MPI_Status_c2f08(&raw const status, (&raw mut modern).cast()));
    mpi!(MPI_Status_f082c((&raw const modern).cast(), &raw mut back));
    same("structure", &(back.MPI_SOURCE, count_of(&back, MPI_BYTE())?), &(3, 6))
}

%module swigged
%{
#include <mpi.h>

static MPI_Comm chosen = MPI_COMM_NULL;

static int size(MPI_Comm comm)
{
    int number = -1;
    MPI_Comm_size(comm, &number);
    return number;
}

static MPI_Comm duplicate(MPI_Comm comm)
{
    MPI_Comm_dup(comm, &comm);
    return comm;
}

static void world_group(MPI_Group *group)
{
    MPI_Comm_group(MPI_COMM_WORLD, group);
}

static int tag(MPI_Status status)
{
    return status.MPI_TAG;
}

static MPI_Status with_tag(int tag)
{
    MPI_Status status;
    memset(&status, 0, sizeof status);
    status.MPI_TAG = tag;
    return status;
}
%}

%include mpi4py/mpi4py.i
%mpi4py_typemap(Comm, MPI_Comm)
%mpi4py_typemap(Group, MPI_Group)
%mpi4py_typemap(Status, MPI_Status)

MPI_Comm chosen;
int size(MPI_Comm comm);
MPI_Comm duplicate(MPI_Comm comm);
void world_group(MPI_Group *OUTPUT);
int tag(MPI_Status status);
MPI_Status with_tag(int tag);


    # What earlier versions of MPI had and 5.0 has not: for clients of a library that still has it

    ctypedef void MPI_Handler_function(MPI_Comm *comm, int *error_code, ...)
    ctypedef MPI_Comm_errhandler_function MPI_Comm_errhandler_fn
    ctypedef MPI_Win_errhandler_function MPI_Win_errhandler_fn
    ctypedef MPI_File_errhandler_function MPI_File_errhandler_fn
    MPI_Datatype MPI_LB
    MPI_Datatype MPI_UB
    enum: MPI_COMBINER_HVECTOR_INTEGER
    enum: MPI_COMBINER_HINDEXED_INTEGER
    enum: MPI_COMBINER_STRUCT_INTEGER
    int MPI_Address(void *location, MPI_Aint *address)
    int MPI_Type_extent(MPI_Datatype datatype, MPI_Aint *extent)
    int MPI_Type_lb(MPI_Datatype datatype, MPI_Aint *displacement)
    int MPI_Type_ub(MPI_Datatype datatype, MPI_Aint *displacement)
    int MPI_Type_hvector(int count, int blocklength, MPI_Aint stride, MPI_Datatype oldtype, MPI_Datatype *newtype)
    int MPI_Type_hindexed(int count, int *blocklengths, MPI_Aint *displacements, MPI_Datatype oldtype, MPI_Datatype *newtype)
    int MPI_Type_struct(int count, int *blocklengths, MPI_Aint *displacements, MPI_Datatype *types, MPI_Datatype *newtype)
    int MPI_Errhandler_create(MPI_Handler_function *function, MPI_Errhandler *errhandler)
    int MPI_Errhandler_set(MPI_Comm comm, MPI_Errhandler errhandler)
    int MPI_Errhandler_get(MPI_Comm comm, MPI_Errhandler *errhandler)

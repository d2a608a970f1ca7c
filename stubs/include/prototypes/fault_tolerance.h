/* Fault tolerance (ULFM), not yet in the standard */
#pragma once

/* MPI_STUB_ULFM says how much of it: 0 nothing, 1 as Open MPI 5, 2 as Open MPI 6. */
#if MPI_STUB_ULFM >= 1
int MPIX_Comm_revoke(MPI_Comm comm);
int MPIX_Comm_shrink(MPI_Comm comm, MPI_Comm *newcomm);
int MPIX_Comm_agree(MPI_Comm comm, int *flag);
int MPIX_Comm_failure_ack(MPI_Comm comm);
int MPIX_Comm_failure_get_acked(MPI_Comm comm, MPI_Group *failedgrp);
int MPIX_Comm_get_failed(MPI_Comm comm, MPI_Group *failedgrp);
int MPIX_Comm_is_revoked(MPI_Comm comm, int *flag);
int MPIX_Comm_ack_failed(MPI_Comm comm, int num_to_ack, int *num_acked);
int MPIX_Comm_iagree(MPI_Comm comm, int *flag, MPI_Request *request);
#endif
#if MPI_STUB_ULFM >= 2
int MPIX_Comm_ishrink(MPI_Comm comm, MPI_Comm *newcomm, MPI_Request *request);
#endif

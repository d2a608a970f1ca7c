/* Ping-pong between two ranks, in C: what latency.py does, with the same arguments and the same answer.
 *
 * latency SLICES BYTES ROUND_TRIPS [BYTES ROUND_TRIPS]...: for each message size, after a warm-up, SLICES slices of that
 * many round trips; the least mean counts. Rank 0 prints one JSON object: nanoseconds, each half of a round trip. */

#ifndef MPI_HEADER
#define MPI_HEADER <mpi.h>
#endif
#include MPI_HEADER
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

static int rank, other;

static void fail(const char *format, long number) {
    fprintf(stderr, "latency, rank %d: ", rank);
    fprintf(stderr, format, number);
    fprintf(stderr, "\n");
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* The seconds that `number` round trips take. */
static double round_trips(long number, const double *a, double *b, int count) {
    double start = MPI_Wtime();
    if (rank == 0) {
        for (long i = 0; i < number; i++) {
            MPI_Send(a, count, MPI_DOUBLE, other, 0, MPI_COMM_WORLD);
            MPI_Recv(b, count, MPI_DOUBLE, other, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
    } else {
        for (long i = 0; i < number; i++) {
            MPI_Recv(b, count, MPI_DOUBLE, other, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Send(a, count, MPI_DOUBLE, other, 0, MPI_COMM_WORLD);
        }
    }
    return MPI_Wtime() - start;
}

/* The least mean time of one way, in nanoseconds. */
static double measure(long slices, long bytes, long number) {
    int count = (int)(bytes / (long)sizeof(double));
    double *a = malloc((size_t)bytes), *b = malloc((size_t)bytes);
    if (!a || !b) fail("no memory for %ld bytes", bytes);
    for (int i = 0; i < count; i++) {
        a[i] = rank + 1;
        b[i] = 0;
    }
    round_trips(number, a, b, count);
    double best = DBL_MAX;
    for (long i = 0; i < slices; i++) {
        double time = round_trips(number, a, b, count);
        if (time < best) best = time;
    }
    for (int i = 0; i < count; i++)
        if (b[i] != other + 1) fail("%ld bytes do not arrive whole", bytes);
    free(a);
    free(b);
    return best / (double)number / 2 * 1e9;
}

/* The first line of what the library says of itself, fit for JSON. */
static void library(char *text) {
    int length;
    MPI_Get_library_version(text, &length);
    for (; *text && *text != '\n'; text++)
        if (*text < ' ' || *text == '"' || *text == '\\') *text = ' ';
    *text = 0;
}

int main(int argc, char **argv) {
    int size, provided;
    char version[MPI_MAX_LIBRARY_VERSION_STRING];
    /* As mpi4py does: with it, a library takes more time for each message. */
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    other = 1 - rank;
    if (size != 2) fail("2 ranks are needed, COMM_WORLD has %ld", size);
    library(version);
    if (rank == 0) printf("{\"library\": \"%s\", \"failed\": {}, \"nanoseconds\": {", version);
    for (int i = 2; i + 1 < argc; i += 2) {
        double time = measure(atol(argv[1]), atol(argv[i]), atol(argv[i + 1]));
        if (rank == 0) printf("%s\"%s\": %.17g", i == 2 ? "" : ", ", argv[i], time);
    }
    if (rank == 0) printf("}}\n");
    MPI_Finalize();
    return 0;
}

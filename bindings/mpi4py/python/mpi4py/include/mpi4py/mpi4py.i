/* The C API of mpi4py, for SWIG:

       %include mpi4py/mpi4py.i
       %mpi4py_typemap(Comm, MPI_Comm)

   From there on a parameter MPI_Comm takes an mpi4py.MPI.Comm, a result MPI_Comm becomes one, and so does MPI_Comm *OUTPUT. */

%header %{
#include <mpi4py/mpi4py.h>
%}

/* From SWIG 4.4 on this is within a function that returns int. */
#if SWIG_VERSION >= 0x040400
%init %{
  if (import_mpi4py() < 0) return -1;
%}
#else
%init %{
  if (import_mpi4py() < 0) return NULL;
%}
#endif

/* The first definition of a fragment holds: a status is not passed by value, as handles are. */
%fragment(SWIG_From_frag(MPI_Status), "header") {
SWIGINTERN PyObject *SWIG_From(MPI_Status)(MPI_Status status)
{
  return PyMPIStatus_New(&status);
}
}

%define %mpi4py_typemap(Class, Handle)

%fragment(SWIG_AsPtr_frag(Handle), "header") {
SWIGINTERN int SWIG_AsPtr(Handle)(PyObject *object, Handle **address)
{
  /* For MPI, None is no status at all. */
  Handle *found = object != Py_None ? PyMPI##Class##_Get(object) : NULL;
  if (found == NULL) {
    PyErr_Clear();  /* SWIG says which argument of what function it is. */
    return SWIG_TypeError;
  }
  if (address) *address = found;
  return SWIG_OLDOBJ;
}
}

%fragment(SWIG_From_frag(Handle), "header") {
SWIGINTERN PyObject *SWIG_From(Handle)(Handle handle)
{
  return PyMPI##Class##_New(handle);
}
}

%typemaps_asptrfromn(SWIG_TYPECHECK_POINTER, Handle);

%enddef

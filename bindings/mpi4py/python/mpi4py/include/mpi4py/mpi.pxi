include "../../libmpi.pxd"

// Types and constants only: the library itself is opened at run time (see BLAS.swift), when the CPU backend is asked for.
#include <cblas.h>

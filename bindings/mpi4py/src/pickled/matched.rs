//! `Comm.mprobe`, `Message.recv` and their kin.

//! Bytes and sockets. Knows nothing of PENS.

//! PENS on paper: elements, commands, responses, codes, faults. No socket, file or clock here.

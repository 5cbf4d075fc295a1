"""The bundled application that `seawall demo` attacks, and the loop over it."""

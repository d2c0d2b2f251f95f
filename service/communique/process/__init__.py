"""The processes behind the service: one writes, several read, and the one that listens runs nothing untrusted."""

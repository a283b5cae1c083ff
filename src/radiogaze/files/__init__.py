"""Reading and writing files: atomic writes, tables, arrays, schemas."""

"""The compiler of the API language (api/README.md): .api files to C tables and structs."""

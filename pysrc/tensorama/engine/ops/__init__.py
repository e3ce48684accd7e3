"""The operators, family by family. Importing this package registers them all."""

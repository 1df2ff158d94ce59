# What an embedder gets: find_package(ouro), pkg-config ouro, or add_subdirectory.

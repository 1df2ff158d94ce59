# Compiler flags, as one interface target that every target of ours links privately.
option(OURO_TESTS "build the tests (needs Check)" OFF)
option(OURO_FUZZERS "build the libFuzzer programs (needs clang)" OFF)
option(OURO_UCONTEXT "switch stacks with ucontext instead of our own assembly (slow; for other machines)" OFF)
set(OURO_SANITIZE "" CACHE STRING "sanitizers to build with: empty, 'address,undefined' or 'thread'")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 10)
    message(FATAL_ERROR "Ouro needs GCC 10 or clang 12 at least; this is GCC ${CMAKE_C_COMPILER_VERSION}. "
        "Install a newer one and name it with CC=... before the build.")
elseif(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "Ouro needs clang 12 or GCC 10 at least; this is clang ${CMAKE_C_COMPILER_VERSION}. "
        "Install a newer one and name it with CC=... before the build.")
endif()

add_library(ouro_flags INTERFACE)
target_compile_definitions(ouro_flags INTERFACE _GNU_SOURCE $<$<BOOL:${OURO_UCONTEXT}>:OURO_UCONTEXT=1>)
target_compile_options(ouro_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
        -Wcast-qual -Wno-missing-field-initializers>
    # A frame larger than the guard page must touch it, or an overflow of a task's stack is silent.
    -fstack-clash-protection
    # Places in logs and dumps are told from the top of the tree, wherever that lies.
    -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=
    # Backtraces of suspended tasks walk the frame pointers.
    -fno-omit-frame-pointer)
if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(ouro_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()
if(OURO_TESTS)
    # They are two hundred programs, and gold links each in half of the time.
    include(CheckLinkerFlag)
    check_linker_flag(C -fuse-ld=gold OURO_HAS_GOLD)
    target_link_options(ouro_flags INTERFACE $<$<BOOL:${OURO_HAS_GOLD}>:-fuse-ld=gold>)
endif()
if(OURO_SANITIZE)
    target_compile_options(ouro_flags INTERFACE -fsanitize=${OURO_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(ouro_flags INTERFACE -fsanitize=${OURO_SANITIZE})
    # Each process, a test or a run of torture, is searched for leaks when it ends; of UBSan as a shared
    # library that would be 6 MB of nothing.
    target_link_options(ouro_flags INTERFACE $<$<C_COMPILER_ID:GNU>:-static-libubsan>)
endif()
if(OURO_FUZZERS)
    # Without this the fuzzer gets no word of what its inputs reach, and is blind.
    target_compile_options(ouro_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

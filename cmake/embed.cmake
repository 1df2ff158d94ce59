# SPDX-License-Identifier: MIT
# embed_files(<target> <folder> <symbol>): the files of a folder as one array in the program:
#
#     const struct ouro_asset <symbol>[];     (ouro/web.h; ends with a NULL path)
#
# Paths are relative to the folder: "index.html", "js/main.js". Further folders, such as what several
# pages share, are named after that: embed_files(<target> <folder> <symbol> sdk=<other folder>) makes
# its files "sdk/...", and without a name, =<other folder>, they lie beside the others.
# The bytes come in through the assembler's .incbin, which is as fast for megabytes as for a line;
# the table is C. Both are written by this same file, run as a script at build time, so that they
# follow every edit; a new file is found through CONFIGURE_DEPENDS.

function(embed_files target folder symbol)
    set(files "")
    set(list "") # a line each: path=file
    foreach(named IN ITEMS =${folder} LISTS ARGN)
        string(REGEX MATCH "^([^=]*)=(.*)$" named ${named})
        cmake_path(SET from NORMALIZE ${CMAKE_MATCH_2})
        cmake_path(ABSOLUTE_PATH from NORMALIZE)
        set(name ${CMAKE_MATCH_1})
        file(GLOB_RECURSE found CONFIGURE_DEPENDS LIST_DIRECTORIES false ${from}/*)
        list(FILTER found EXCLUDE REGEX "/\\.[^/]*$|~$") # what editors leave lying about
        foreach(file IN LISTS found)
            file(RELATIVE_PATH path ${from} ${file})
            cmake_path(APPEND name ${path} OUTPUT_VARIABLE path)
            string(APPEND list "${path}=${file}\n")
        endforeach()
        list(APPEND files ${found})
    endforeach()
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_${symbol})
    # The list as a file: it changes, and so runs the script again, when a file goes.
    file(CONFIGURE OUTPUT ${out}.txt CONTENT "${list}" @ONLY)
    add_custom_command(
        OUTPUT ${out}.c ${out}.S
        DEPENDS ${files} ${out}.txt ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
        COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DSYMBOL=${symbol} -DOUT=${out}
                -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
        COMMENT "Embedding ${folder} as ${symbol}"
        VERBATIM)
    target_sources(${target} PRIVATE ${out}.c ${out}.S)
endfunction()

# From here on: the script. Sizes are numbers in the table, because C has no constant expression
# for the distance of two symbols.
function(write_table)
    file(STRINGS ${OUT}.txt lines)
    set(declarations "")
    set(rows "")
    set(bytes "/* Made from ${FOLDER} by cmake/embed.cmake. */\n    .section .rodata\n")
    set(number 0)
    foreach(line IN LISTS lines)
        string(REGEX MATCH "^([^=]*)=(.*)$" line ${line})
        set(path ${CMAKE_MATCH_1})
        set(file ${CMAKE_MATCH_2})
        set(data ${SYMBOL}_${number})
        math(EXPR number "${number} + 1")
        file(SIZE ${file} size)
        string(APPEND declarations "extern const uint8_t ${data}[];\n")
        string(APPEND rows "    {\"${path}\", ${data}, ${size}},\n")
        # Hidden: the table is the only way in.
        string(APPEND bytes "    .balign 16\n    .globl ${data}\n    .hidden ${data}\n"
                            "${data}:\n    .incbin \"${file}\"\n")
    endforeach()
    # Without this note the linker would give the whole program an executable stack.
    string(APPEND bytes "    .section .note.GNU-stack,\"\",%progbits\n")
    file(WRITE ${OUT}.S "${bytes}")
    file(WRITE ${OUT}.c "/* Made from ${FOLDER} by cmake/embed.cmake. */\n#include \"ouro/web.h\"\n\n"
        "extern const struct ouro_asset ${SYMBOL}[];\n${declarations}\n"
        "const struct ouro_asset ${SYMBOL}[] = {\n${rows}    {0},\n};\n")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    write_table()
endif()

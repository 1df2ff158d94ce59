# SPDX-License-Identifier: MIT
# The first file is the law (floors.txt), the others are judged by it. Plain POSIX awk: on a new
# machine there is mawk and nothing else.

FNR == 1 { files++ }
files == 1 { read_law(); next }
FNR == 1 { enter(FILENAME) }
{
    # The name in an #include "..." is a string; take it before strings are blanked.
    if (!in_comment && match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]*[">]/))
        judge_include(substr($0, RSTART, RLENGTH))
    else
        judge_code(code_of($0))
}
END {
    printf "floors: %d files, %s\n", files - 1, breaches ? breaches " breaches" : "each in its place"
    exit breaches > 0
}

# --- the law ---------------------------------------------------------------------------------

function read_law(    words, n, i, text, colon) {
    sub(/^#.*/, "")
    if (NF == 0)
        return
    colon = index($0, " :")
    text = substr($0, colon + 2)
    n = split(text, words, /[ \t]+/)
    if ($1 == "floor")
        rooms[$2] = 1
    if ($1 == "user")
        users[$2] = 1
    if ($1 == "pure")
        pure[as_regex($2)] = 1
    if ($1 == "except") {
        excepted[$2, $3] = 1
        return
    }
    for (i = 1; i <= n; i++) {
        if (words[i] == "")
            continue
        if ($1 == "floor" || $1 == "user")
            allowed[$2, words[i]] = 1
        else if ($1 == "pure")
            pure_allowed[as_regex($2), words[i]] = 1
        else if ($1 == "impure")
            impure[words[i]] = 1
        else if ($1 == "own")
            owner[words[i]] = $2
        else
            law_is_wrong()
    }
}

function law_is_wrong() {
    printf "%s:%d: no law begins with \"%s\"\n", FILENAME, FNR, $1
    breaches++
}

function as_regex(glob) {
    gsub(/\./, "\\.", glob)
    gsub(/\*/, "[^/]*", glob)
    return "^" glob "$"
}

# --- where a file stands ---------------------------------------------------------------------

function enter(path,    parts) {
    in_comment = 0
    split(path, parts, "/")
    room = user = purity = ""
    public = path ~ /^include\/ouro\//
    if (parts[1] == "src")
        room = parts[2]
    else if (public)
        room = substr(parts[3], 1, length(parts[3]) - 2)
    in_library = room != ""
    if (in_library && !(room in rooms) && path != "include/ouro/ouro.h")
        breach("\"" room "\" is not a room; give it a floor in tools/floors.txt")
    home = "src/" # where a quoted "room/file.h" is looked for
    for (folder in users)
        if (index(path, folder "/") == 1) {
            user = home = folder
            sub(/[^\/]*$/, "", home)
        }
    if (path ~ /^apps\// && user == "")
        breach("is in no folder of tools/floors.txt; say there what it may include")
    for (glob in pure)
        if (path ~ glob)
            purity = glob
}

# Comments and strings blanked; comments may span lines.
function code_of(line,    out, c, two, i, quote) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote)
                quote = ""
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            quote = c
        } else {
            out = out c
        }
    }
    return out
}

# --- the judgement ---------------------------------------------------------------------------

function judge_include(text,    name, quoted) {
    match(text, /["<].*/)
    quoted = substr(text, RSTART, 1) == "\""
    name = substr(text, RSTART + 1, RLENGTH - 2)
    judge_owned(name, "includes")
    if (purity != "" && (name in impure))
        breach("is pure and includes " name)
    if (name ~ /(^|\/)\.\.\// && FILENAME !~ /^(tests|fuzz)\//)
        breach("includes \"" name "\"; name a header by its room, not by the way to it")
    else if (name ~ /^ouro\//)
        judge_public(substr(name, 6, length(name) - 7))
    else if (quoted)
        judge_private(name)
}

function judge_public(target) {
    if (target == "ouro" && in_library && FILENAME != "include/ouro/ouro.h")
        breach("includes ouro/ouro.h, which is for the library's users; include the rooms it needs")
    else if (purity != "" && !((purity, target) in pure_allowed))
        breach("is pure and includes ouro/" target ".h")
    else if (target != "ouro")
        judge_edge(target, "ouro/" target ".h")
}

function judge_private(name,    target) {
    target = index(name, "/") ? substr(name, 1, index(name, "/") - 1) : ""
    if (public)
        breach("is public and includes the private \"" name "\"")
    else if (in_library && target == "")
        breach("includes \"" name "\"; write \"" room "/" name "\"")
    else if (user != "" && target != "" && !((home target) in users))
        breach("includes \"" name "\", which is private to the library")
    else if (purity != "" && target != "base" && !is_pure(home name))
        breach("is pure and includes \"" name "\", which is not")
    else if (in_library)
        judge_edge(target, name)
}

function is_pure(path,    glob) {
    for (glob in pure)
        if (path ~ glob)
            return 1
    return 0
}

function judge_edge(target, name) {
    if (FILENAME == "include/ouro/ouro.h" || (!in_library && user == ""))
        return
    if (in_library && target != room && !((room, target) in allowed))
        breach("is of \"" room "\" and includes " name ": \"" target "\" is not below it")
    if (user != "" && !((user, target) in allowed))
        breach("is of " user " and may not include " name)
}

function judge_code(code) {
    if (!in_library && user == "")
        return
    # What the pattern above does not see: behind a comment, in two lines, by a macro, %:, #import.
    if (code ~ /^[ \t]*(#|%:)[ \t]*(include|import|embed)/ || code ~ /^[ \t]*(#|%:)[ \t]*[a-z]*\\$/)
        breach("hides what it includes; write #include \"name\" alone in its line")
    judge_calls(code)
}

function judge_calls(code,    rest, word) {
    rest = code
    while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        word = substr(rest, RSTART, RLENGTH - 1)
        sub(/[ \t]+$/, "", word)
        # x->free(...) and x.free(...) are members, not the C library's.
        if (RSTART == 1 || substr(rest, RSTART - 1, 1) !~ /[.>]/) {
            judge_owned(word, "calls")
            if (purity != "" && (word in impure))
                breach("is pure and calls " word "()")
        }
        rest = substr(rest, RSTART + RLENGTH)
    }
}

function judge_owned(word, does) {
    if ((word in owner) && (in_library || user != "") && room != owner[word] &&
        !((FILENAME, word) in excepted))
        breach(does " " word ", which belongs to \"" owner[word] "\"")
}

function breach(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    breaches++
}

// SPDX-License-Identifier: MIT
// The types of the JavaScript SDK, judged by the compiler that its users have.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const CONFIG = pathOf("sdk_types/tsconfig.json"), USES = pathOf("sdk_types/uses.ts"), TYPES = pathOf("../../clients/js/src/index.d.ts");

const program = (() => {
    const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(CONFIG, {}, { ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: assert.fail });
    assert.deepEqual(errors, []);
    return ts.createProgram(fileNames, options);
})();

const complaints = (diagnostics) => diagnostics.map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
});

// All that is used rightly compiles, and what is said to be wrong is; and the sources are what is declared.
test("right uses compile, and wrong ones don't", () => {
    assert.deepEqual(complaints(ts.getPreEmitDiagnostics(program)), []);
});

function* identifiers(node) {
    if (ts.isIdentifier(node))
        yield node.text;
    for (const child of node.getChildren())
        yield* identifiers(child);
}

/** `Room.send`, and all the others of what is exported. */
function declared() {
    const checker = program.getTypeChecker(), all = [];
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(TYPES)))) {
        all.push([symbol.name, symbol.name]);
        for (const [name, { declarations }] of symbol.members ?? [])
            if (/^[a-z]\w*$/i.test(name) && declarations?.some((it) => it.name && !ts.isTypeParameterDeclaration(it)))
                all.push([`${symbol.name}.${name}`, name]);
    }
    return all;
}

test("the uses are of all that is declared", () => {
    const used = new Set(identifiers(program.getSourceFile(USES)));
    used.add("Chat").add("Presence").add("Matchmaker").add("Leaderboards"); // members of a room, which nobody names
    used.add("FilterValue"); // of a Filter
    assert.ok(declared().length > 150, "they are found");
    assert.deepEqual(declared().filter(([, name]) => !used.has(name)).map(([what]) => what), []);
});

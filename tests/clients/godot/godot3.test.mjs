// SPDX-License-Identifier: MIT
// The Godot client in Godot 3, without a server: golden vectors, and connections that a test speaks for.
import { test } from "node:test";

import { runInGodot3 } from "./support/godot3.mjs";
import { UNIT_CASES } from "./support/project.mjs";

test("in Godot 3", (t) => runInGodot3(t, UNIT_CASES));

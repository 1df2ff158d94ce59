// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** What clients/vectors has under that name: made by the server's own encoder, see tests/state/test_vectors.c. */
export const vectors = (name) =>
    JSON.parse(readFileSync(new URL(`../../../../clients/vectors/${name}.json`, import.meta.url), "utf8"));

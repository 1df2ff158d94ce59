// SPDX-License-Identifier: MIT
//
// The name, remembered between visits where the browser allows it.

import { cleanName } from "./protocol.js";

const KEY = "snakepit.name";

export function loadName() {
    try {
        return cleanName(localStorage.getItem(KEY));
    } catch {
        return "";
    }
}

export function saveName(name) {
    try {
        localStorage.setItem(KEY, name);
    } catch {
        // Forbidden or full: then it is asked for again next time.
    }
}

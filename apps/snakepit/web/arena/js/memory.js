// SPDX-License-Identifier: MIT
//
// What is remembered between visits beside the name (../../js/memory.js), where the browser allows it.

const SOUND = "snakepit.sound";

export function loadSound() {
    try {
        return localStorage.getItem(SOUND) === "on";
    } catch {
        return false;
    }
}

export function saveSound(isOn) {
    try {
        localStorage.setItem(SOUND, isOn ? "on" : "off");
    } catch {
        // Forbidden or full: then it is as long as the page is.
    }
}

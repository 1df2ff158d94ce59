// SPDX-License-Identifier: MIT
//
// Light or dark: the system's choice until the button is used. A classic script in <head>, so that
// the first paint is in the right colours already.

(() => {
    const KEY = "snakepit.theme";
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");

    const attempt = (fn) => {
        try {
            return fn();
        } catch {
            return null; // storage may be forbidden; then the choice lasts as long as the page
        }
    };

    function apply(theme) {
        root.dataset.theme = theme;
        dispatchEvent(new Event("themechange"));
        const button = document.getElementById("theme");
        const text = theme === "dark" ? "Switch to light theme" : "Switch to dark theme";
        button?.setAttribute("aria-label", text);
        button?.setAttribute("title", text);
    }

    const ofSystem = () => (system.matches ? "dark" : "light");
    const chosen = () => attempt(() => localStorage.getItem(KEY));
    const current = () => {
        const theme = chosen();
        return theme === "light" || theme === "dark" ? theme : ofSystem();
    };

    function toggle() {
        const theme = root.dataset.theme === "dark" ? "light" : "dark";
        attempt(() => localStorage.setItem(KEY, theme));
        apply(theme);
    }

    apply(current());
    system.addEventListener("change", () => apply(current()));
    addEventListener("DOMContentLoaded", () => {
        apply(root.dataset.theme);
        document.getElementById("theme").addEventListener("click", toggle);
    });
})();

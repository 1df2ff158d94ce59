// SPDX-License-Identifier: MIT

/** What a server refused, or why a connection ended: `code` is for programs, `message` for people. */
export class OuroError extends Error {
    /** @param {string | number} code of the protocol: "full", "timeout", or a close code such as 4003 */
    constructor(code, text, options) {
        super(text || String(code), options);
        this.name = "OuroError";
        this.code = code;
    }
}

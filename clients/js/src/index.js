// SPDX-License-Identifier: MIT
//
// The client of an Ouro server. docs/protocol.md has what goes over the wire, README.md how to use it.

export { Client } from "./client.js";
export { Room } from "./room.js";
export { OuroError } from "./error.js";
export { Clock } from "./clock.js";
export { Interpolation } from "./interpolation.js";
export { Prediction } from "./prediction.js";
export { State } from "./state.js";

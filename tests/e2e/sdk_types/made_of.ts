// SPDX-License-Identifier: MIT
// What the types declare is what the classes are made of, as far as a compiler sees that in JavaScript.
import type * as declared from "../../../clients/js/src/index.js";

import { Client } from "../../../clients/js/src/client.js";
import { Clock } from "../../../clients/js/src/clock.js";
import { OuroError } from "../../../clients/js/src/error.js";
import { Interpolation } from "../../../clients/js/src/interpolation.js";
import { Prediction } from "../../../clients/js/src/prediction.js";
import { Room } from "../../../clients/js/src/room.js";
import { Chat, Leaderboards, Matchmaker, Presence } from "../../../clients/js/src/services.js";
import { State } from "../../../clients/js/src/state.js";

type Is<Made extends Declared, Declared> = Made;
// Of what a compiler takes for narrower than it is, as it begins with null or has a default, the names and what is a call.
type Members<Made> = { [name in keyof Made]: Made[name] extends (...all: any[]) => any ? "call" : "value" };

export type All = [
    Is<Members<Client>, Members<declared.Client>>,
    Is<Members<Room>, Members<declared.Room>>,
    Is<Members<Chat>, Members<declared.Chat>>,
    Is<Clock, declared.Clock>,
    Is<OuroError, declared.OuroError>,
    Is<Interpolation, declared.Interpolation>,
    Is<Prediction, declared.Prediction<any, any>>,
    Is<State, declared.State>,
    Is<Presence, declared.Presence>,
    Is<Matchmaker, declared.Matchmaker>,
    Is<Leaderboards, declared.Leaderboards>,
];

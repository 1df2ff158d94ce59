// SPDX-License-Identifier: MIT
// What the bots of a soak have seen, all together.

export class Tally {
    births = 0; deaths = 0; turns = 0; joins = 0; unpunished = 0;
    inTime = { resumed: 0, refused: 0 }; // back within the hold time, by its own clock
    late = { resumed: 0, refused: 0 };   // back beyond it
    others = { resumed: 0, refused: 0 }; // the server had cut it off, or it was between: either is right
    refusedAfter = new Map(); // fault -> how many who came after it got no seat, though not surely late
    faults = new Map(); // name -> how often
    closes = new Map(); // "fault code" -> how often

    fault(name) { count(this.faults, name); }
    closed(fault, code) { count(this.closes, `${fault}|${code}`); }

    welcomed(bot, resumed) {
        if (!bot.isReturning)
            this.joins++;
        else
            this.#returned(bot, resumed ? "resumed" : "refused");
    }

    turnedAway(bot, code) {
        if (bot.isReturning && code === 4003)
            this.#returned(bot, "refused");
    }

    #returned(bot, how) {
        const when = bot.wasLate ? this.late : bot.wasInTime ? this.inTime : this.others;
        when[how]++;
        if (how === "refused" && when !== this.late)
            count(this.refusedAfter, `${bot.twin?.fault ?? "none"}${when === this.inTime ? ", in time" : ""}`);
    }

    get resumed() { return this.inTime.resumed + this.late.resumed + this.others.resumed; }

    /** [code, how often], of the connections that had this fault. */
    codesOf(fault) {
        return [...this.closes].filter(([key]) => key.startsWith(`${fault}|`)).map(([key, n]) => [key.split("|")[1], n]);
    }
}

function count(map, key) { map.set(key, (map.get(key) ?? 0) + 1); }

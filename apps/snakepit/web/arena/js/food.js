// SPDX-License-Identifier: MIT
//
// Food as it is drawn: a piece stays until the head that ate it is there. Others are shown a little in the past, so
// that is when their moment is shown; oneself is shown a little ahead, so one's own bite counts at once.
//
// Pure: entities, ticks and seconds come in.

const GROW_S = 0.25, SHRINK_S = 0.12;
const BITE_S = 1; // what was bitten and is still told of then was not eaten after all

export class Food {
    /** {x, y, value, size}: `size` from 0 to 1 while it comes and goes. */
    pieces = [];
    #at = new Map(); // entity -> piece

    add(entity) {
        const { x, y, value } = entity.fields;
        const piece = { x, y, value, size: 0, goneAt: Infinity, bitten: 0 };
        this.#at.set(entity, piece);
        this.pieces.push(piece);
    }

    change(entity) {
        const piece = this.#at.get(entity), { x, y, value } = entity.fields;
        Object.assign(piece, { x, y, value });
    }

    /** It is gone from that tick on. */
    remove(entity, tick) {
        this.#at.get(entity).goneAt = tick;
        this.#at.delete(entity);
    }

    clear() {
        this.pieces.length = 0;
        this.#at.clear();
    }

    /** Those that grow, shrink and end in this frame; `tick` is what is shown. Returns how many `mouth` has bitten: one's own
        head, null: there is none. */
    frame(tick, seconds, mouth) {
        let bites = 0;
        for (let i = this.pieces.length - 1; i >= 0; i--) {
            const piece = this.pieces[i];
            if (mouth && piece.bitten <= 0 && Math.abs(piece.x - mouth.x) < 0.6 && Math.abs(piece.y - mouth.y) < 0.6) {
                piece.bitten = BITE_S;
                bites++;
            }
            piece.bitten -= seconds;
            if (piece.bitten > 0 || tick >= piece.goneAt)
                piece.size = Math.max(0, piece.size - seconds / SHRINK_S);
            else
                piece.size = Math.min(1, piece.size + seconds / GROW_S);
            if (piece.size === 0 && tick >= piece.goneAt)
                this.#end(i);
        }
        return bites;
    }

    #end(i) {
        const last = this.pieces.pop();
        if (i < this.pieces.length)
            this.pieces[i] = last;
    }
}

// SPDX-License-Identifier: MIT
//
// Sounds, made by the browser's synthesiser: no file to be fetched. Off until somebody wants them.

const VOLUME = 0.16;
const TOGETHER_MAX = 12; // more at a time are noise

/** Notes: {wave, from, to (Hz), at, length (s), loud}. */
const NOTES = {
    eat: [{ wave: "triangle", from: 620, to: 880, at: 0, length: 0.07, loud: 0.5 }],
    boost: [{ wave: "sawtooth", from: 140, to: 320, at: 0, length: 0.18, loud: 0.35 }],
    born: [{ wave: "triangle", from: 392, to: 392, at: 0, length: 0.1, loud: 0.7 },
        { wave: "triangle", from: 587, to: 587, at: 0.1, length: 0.16, loud: 0.7 }],
    kill: [{ wave: "square", from: 523, to: 523, at: 0, length: 0.08, loud: 0.35 },
        { wave: "square", from: 784, to: 784, at: 0.08, length: 0.14, loud: 0.35 }],
    died: [{ wave: "sawtooth", from: 330, to: 70, at: 0, length: 0.5, loud: 0.8 }],
};

export class Sounds {
    #context = null;
    #sounding = 0;
    /** Are they wanted? */
    isOn = false;

    /** Browsers allow sounds only once the page was touched: call it then. */
    wake() {
        if (this.isOn)
            (this.#context ??= new AudioContext()).resume();
    }

    play(name) {
        if (!this.isOn || this.#context?.state !== "running" || this.#sounding >= TOGETHER_MAX)
            return;
        for (const note of NOTES[name])
            this.#sound(note);
    }

    #sound({ wave, from, to, at, length, loud }) {
        const context = this.#context, begin = context.currentTime + at;
        const voice = new OscillatorNode(context, { type: wave, frequency: from }), gain = new GainNode(context, { gain: 0 });
        voice.frequency.setValueAtTime(from, begin);
        voice.frequency.exponentialRampToValueAtTime(to, begin + length);
        gain.gain.setValueAtTime(0, begin);
        gain.gain.linearRampToValueAtTime(VOLUME * loud, begin + 0.01);
        gain.gain.linearRampToValueAtTime(0, begin + length);
        voice.connect(gain).connect(context.destination);
        voice.onended = () => this.#sounding--;
        this.#sounding++;
        voice.start(begin);
        voice.stop(begin + length);
    }
}

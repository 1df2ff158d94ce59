/* SPDX-License-Identifier: MIT */
/** `snakepit replay FILE [--verify]`: what a recording of the arena holds, and whether it is right.
 */
#ifndef SNAKEPIT_REPLAY_MAIN_H
#define SNAKEPIT_REPLAY_MAIN_H

/**
 * Play the recording as fast as it goes, and print on standard output how long it is, who played
 * and who was best; with --verify also how fast it went, and how many digests of the world agreed.
 * `argv` is what follows "replay". The exit code: 0; 1: it can't be read, is damaged, breaks off
 * before its end
 * (--verify alone), or does not give the world that was recorded; 2: that is no way to call it.
 */
int replay_main(int argc, char *const *argv);

#endif

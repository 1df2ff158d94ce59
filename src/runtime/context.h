/* SPDX-License-Identifier: MIT */
/* The switch from one stack to another. One thread; nothing but the stack pointer and what the
 * calling convention says a callee preserves. The floating-point control words (rounding, masks)
 * are not switched: they are the thread's, as they are for plain function calls.
 *
 * Hand-written on x86-64 and AArch64: 3 to 4 ns. swapcontext(), which saves the signal mask with a
 * system call, takes 200 to 400.
 *
 * The processor predicts where a `ret` goes from the calls that it has seen, and after a switch it
 * is wrong: 13 ns each. So the switch ends in an indirect jump, and the suspending calls of the
 * library end in tail calls down to it (they return what it returns, and leave no work for after):
 * the first `ret` that is mispredicted is the user's own. */
#ifndef OURO_RUNTIME_CONTEXT_H
#define OURO_RUNTIME_CONTEXT_H

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(OURO_UCONTEXT)
#define OURO_UCONTEXT 1
#endif

#ifdef OURO_UCONTEXT
#include <ucontext.h>
struct ouro_context {
    ucontext_t uc;
    void (*entry)(void *arg);
    void *arg;
    int result;
};
#else
struct ouro_context {
    void *sp; /* of the suspended stack; the saved registers lie there */
};
#endif

/* Prepare a context that will run entry(arg) on the stack [low, top). entry never returns. */
void ouro__context_make(struct ouro_context *context, void *low, void *top,
                        void (*entry)(void *arg), void *arg);
/* Save where we are into `from` and go on where `to` was saved; there, the call returns `result`.
 */
int ouro__context_switch(struct ouro_context *from, struct ouro_context *to, int result);
/* Stack pointer, program counter and frame pointer of a context that is suspended. */
void ouro__context_registers(const struct ouro_context *context, void **ret_sp, void **ret_pc,
                             void **ret_fp);

#endif

/* SPDX-License-Identifier: MIT */
/* The switch from one stack to another. One thread; nothing but the stack pointer and what the
 * calling convention says a callee preserves. The floating-point control words (rounding, masks)
 * are not switched: they are the thread's, as they are for plain function calls.
 *
 * Hand-written on x86-64 and AArch64: 3 to 4 ns, against 200 and more for swapcontext(), which
 * saves the signal mask with a system call. */
#ifndef OURO_RUNTIME_CONTEXT_H
#define OURO_RUNTIME_CONTEXT_H

#include <stddef.h>

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(OURO_UCONTEXT)
#define OURO_UCONTEXT 1
#endif

#ifdef OURO_UCONTEXT
#include <ucontext.h>
struct ouro_context {
    ucontext_t uc;
    void (*entry)(void *arg);
    void *arg;
};
#else
struct ouro_context {
    void *sp; /* of the suspended stack; the saved registers lie there */
};
#endif

/* Prepare a context that will run entry(arg) on the stack [low, top). entry never returns. */
void ouro__context_make(struct ouro_context *context, void *low, void *top,
                        void (*entry)(void *arg), void *arg);
/* Save where we are into `from` and go on where `to` was saved. */
void ouro__context_switch(struct ouro_context *from, const struct ouro_context *to);
/* Stack pointer, program counter and frame pointer of a context that is suspended. */
void ouro__context_registers(const struct ouro_context *context, void **ret_sp, void **ret_pc,
                             void **ret_fp);

#endif

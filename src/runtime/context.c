/* SPDX-License-Identifier: MIT */
#include "runtime/context.h"

#include <stdint.h>
#include <string.h>

#ifdef OURO_UCONTEXT

#include "runtime/sanitizer.h"

/* makecontext() passes ints; a pointer goes over in two halves. */
OURO_NEVER_RETURNED_FROM static void ucontext_entry(unsigned high, unsigned low)
{
    struct ouro_context *context = (void *)(uintptr_t)((uint64_t)high << 32 | (uint64_t)low);
    context->entry(context->arg);
}

void ouro__context_make(struct ouro_context *context, void *low, void *top,
                        void (*entry)(void *arg), void *arg)
{
    uint64_t self = (uint64_t)(uintptr_t)context;
    getcontext(&context->uc);
    context->entry = entry;
    context->arg = arg;
    context->uc.uc_stack.ss_sp = low;
    context->uc.uc_stack.ss_size = (size_t)((char *)top - (char *)low);
    context->uc.uc_link = NULL;
    makecontext(&context->uc, (void (*)(void))ucontext_entry, 2, (unsigned)(self >> 32),
                (unsigned)self);
}

OURO_NEVER_RETURNED_FROM int ouro__context_switch(struct ouro_context *from,
                                                  struct ouro_context *to, int result)
{
    to->result = result;
    swapcontext(&from->uc, &to->uc);
    return from->result;
}

void ouro__context_registers(const struct ouro_context *context, void **ret_sp, void **ret_pc,
                             void **ret_fp)
{
    (void)context; /* where a ucontext_t keeps them is each architecture's own affair */
    *ret_sp = *ret_pc = *ret_fp = NULL;
}

#else

void ouro__context_entry(void);

#ifdef __x86_64__
struct saved {
    void *r15, *r14, *arg, *entry, *rbx, *fp, *pc;
};
#else
struct saved {
    void *fp, *pc, *entry, *arg, *x21_to_x28[8];
    double d8_to_d15[8];
};
#endif

void ouro__context_make(struct ouro_context *context, void *low, void *top,
                        void (*entry)(void *arg), void *arg)
{
    (void)low;
    uintptr_t aligned = (uintptr_t)top & ~(uintptr_t)15;
    struct saved *saved = (void *)(aligned - sizeof *saved);
    void (*first)(void) = ouro__context_entry;
    *saved = (struct saved){.arg = arg};
    /* Pointers to functions and to objects are of one kind on these two machines. */
    memcpy(&saved->entry, &entry, sizeof entry);
    memcpy(&saved->pc, &first, sizeof first);
    context->sp = saved;
}

void ouro__context_registers(const struct ouro_context *context, void **ret_sp, void **ret_pc,
                             void **ret_fp)
{
    const struct saved *saved = context->sp;
    *ret_sp = context->sp;
    *ret_pc = saved->pc;
    *ret_fp = saved->fp;
}

#endif

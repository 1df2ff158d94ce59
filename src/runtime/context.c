/* SPDX-License-Identifier: MIT */
#include "runtime/context.h"

#include "ouro/base.h"

#include <stdint.h>
#include <string.h>

#ifdef OURO_UCONTEXT

/* makecontext() passes ints; a pointer goes over in two halves. */
static void ucontext_entry(unsigned high, unsigned low)
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

void ouro__context_switch(struct ouro_context *from, const struct ouro_context *to)
{
    swapcontext(&from->uc, &to->uc);
}

void ouro__context_registers(const struct ouro_context *context, void **ret_sp, void **ret_pc,
                             void **ret_fp)
{
    (void)context;
    *ret_sp = *ret_pc = *ret_fp = NULL;
}

#else

void ouro__context_entry(void);

#ifdef __x86_64__
struct saved {
    void *r15, *r14, *r13, *r12, *rbx, *fp, *pc;
};
#define SAVED_ENTRY r12
#define SAVED_ARG   r13
#else
struct saved {
    void *fp, *pc, *x19, *x20, *x21, *x22, *x23, *x24, *x25, *x26, *x27, *x28;
    double d8_to_d15[8];
};
#define SAVED_ENTRY x19
#define SAVED_ARG   x20
#endif

void ouro__context_make(struct ouro_context *context, void *low, void *top,
                        void (*entry)(void *arg), void *arg)
{
    (void)low;
    uintptr_t aligned = (uintptr_t)top & ~(uintptr_t)15;
    struct saved *saved = (void *)(aligned - sizeof *saved);
    memset(saved, 0, sizeof *saved);
    /* Function pointers and object pointers are of one size on these two machines. */
    memcpy(&saved->SAVED_ENTRY, &entry, sizeof entry);
    saved->SAVED_ARG = arg;
    void (*first)(void) = ouro__context_entry;
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

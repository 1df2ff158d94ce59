/* SPDX-License-Identifier: MIT */
#if defined(__aarch64__) && !defined(OURO_UCONTEXT)
/* A suspended stack, from its stack pointer up (AAPCS64 section 6.1):
 *
 *     +0 x29 x30   +16 x19 x20   +32 x21 x22   +48 x23 x24   +64 x25 x26   +80 x27 x28
 *     +96 d8 d9    +112 d10 d11  +128 d12 d13  +144 d14 d15
 *
 * int ouro__context_switch(from, to, result) */
    .text
    .globl  ouro__context_switch
    .hidden ouro__context_switch
    .type   ouro__context_switch, %function
    .p2align 4
ouro__context_switch:
    .cfi_startproc
    stp     x29, x30, [sp, #-160]!
    .cfi_def_cfa_offset 160
    .cfi_offset x29, -160
    .cfi_offset x30, -152
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mov     x9, sp
    str     x9, [x0]
    ldr     x9, [x1]
    mov     sp, x9
    mov     w0, w2
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    ldp     x29, x30, [sp], #160
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    /* Not `ret`: see context.h. Through x16, from which a jump may land on a call's target. */
    mov     x16, x30
    br      x16
    .cfi_endproc
    .size   ouro__context_switch, . - ouro__context_switch

/* The first thing on a new stack: entry in x19, its argument in x20. */
    .globl  ouro__context_entry
    .hidden ouro__context_entry
    .type   ouro__context_entry, %function
    .p2align 4
ouro__context_entry:
    .cfi_startproc
    .cfi_undefined x30
    hint    #34 /* bti c */
    mov     x0, x20
    blr     x19
    brk     #1
    .cfi_endproc
    .size   ouro__context_entry, . - ouro__context_entry
#endif
    .section .note.GNU-stack, "", %progbits

/* SPDX-License-Identifier: MIT */
#if defined(__aarch64__) && !defined(OURO_UCONTEXT)
/* void ouro__backtrace_as_if_from(sp, fn, arg): call fn(arg), with unwind rules that lead to the
 * suspended context at `sp`; see backtrace_x86_64.S. The offsets are those of context_aarch64.S. */
    .text
    .globl  ouro__backtrace_as_if_from
    .hidden ouro__backtrace_as_if_from
    .type   ouro__backtrace_as_if_from, %function
    .p2align 4
ouro__backtrace_as_if_from:
    .cfi_startproc
    hint    #34 /* bti c */
    stp     x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    str     x19, [sp, #16]
    .cfi_offset x19, -16
    mov     x29, sp
    mov     x19, x0
    mov     x0, x2
    .cfi_remember_state
    .cfi_def_cfa x19, 160
    .cfi_offset x29, -160
    .cfi_offset x30, -152
    .cfi_offset x19, -144
    .cfi_offset x20, -136
    .cfi_offset x21, -128
    .cfi_offset x22, -120
    .cfi_offset x23, -112
    .cfi_offset x24, -104
    .cfi_offset x25, -96
    .cfi_offset x26, -88
    .cfi_offset x27, -80
    .cfi_offset x28, -72
    blr     x1
    .cfi_restore_state
    ldr     x19, [sp, #16]
    .cfi_restore x19
    ldp     x29, x30, [sp], #32
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size   ouro__backtrace_as_if_from, . - ouro__backtrace_as_if_from
#endif
    .section .note.GNU-stack, "", %progbits

/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__) && !defined(OURO_UCONTEXT)
/* void ouro__backtrace_as_if_from(sp, fn, arg): call fn(arg).
 *
 * While fn runs, the unwind rules of this frame don't describe where we really came from, but the
 * registers that lie at `sp`, as context_x86_64.S left them: who unwinds the stack from fn comes to
 * the suspended task. rbx holds sp, and is restored like every other register by the rules. */
    .text
    .globl  ouro__backtrace_as_if_from
    .hidden ouro__backtrace_as_if_from
    .type   ouro__backtrace_as_if_from, @function
    .p2align 4
ouro__backtrace_as_if_from:
    .cfi_startproc
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq    %rdi, %rbx
    movq    %rsi, %rax
    movq    %rdx, %rdi
    .cfi_remember_state
    .cfi_def_cfa %rbx, 56
    .cfi_offset %rip, -8
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    call    *%rax
    .cfi_restore_state
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
    .cfi_endproc
    .size   ouro__backtrace_as_if_from, . - ouro__backtrace_as_if_from
#endif
    .section .note.GNU-stack, "", %progbits

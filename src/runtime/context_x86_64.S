/* SPDX-License-Identifier: MIT */
#if defined(__x86_64__) && !defined(OURO_UCONTEXT)
/* A suspended stack, from its stack pointer up (System V ABI, AMD64, section 3.2.1):
 *
 *     +0 r15   +8 r14   +16 r13   +24 r12   +32 rbx   +40 rbp   +48 where to go on
 *
 * int ouro__context_switch(from, to, result) */
    .text
    .globl  ouro__context_switch
    .hidden ouro__context_switch
    .type   ouro__context_switch, @function
    .p2align 4
ouro__context_switch:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    movq    %rsp, (%rdi)
    movq    (%rsi), %rsp
    movl    %edx, %eax
    /* The same registers lie at the same places on the new stack, so the unwind rules hold. */
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmp     *%rcx
    .cfi_endproc
    .size   ouro__context_switch, . - ouro__context_switch

/* The first thing on a new stack: entry in r12, its argument in r13. The undefined return address
 * and the frame pointer of 0 tell unwinders that this is the bottom. */
    .globl  ouro__context_entry
    .hidden ouro__context_entry
    .type   ouro__context_entry, @function
    .p2align 4
ouro__context_entry:
    .cfi_startproc
    .cfi_undefined %rip
    movq    %r13, %rdi
    call    *%r12
    ud2
    .cfi_endproc
    .size   ouro__context_entry, . - ouro__context_entry
#endif
    .section .note.GNU-stack, "", %progbits

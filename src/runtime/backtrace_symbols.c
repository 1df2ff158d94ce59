/* SPDX-License-Identifier: MIT */
/* Names for addresses, from the ELF symbol tables of the program's own files (System V ABI, chapter
 * 4, "Symbol Table"). The dynamic linker, and dladdr() with it, knows exported names only; a
 * program has hardly any, and its tasks are static functions. */
#include "runtime/backtrace.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- which file an address belongs to --------------------------------------------------------- */

static void set_name(struct ouro__module *module, const char *path)
{
    char target[4096];
    if (!*path) { /* so the dynamic linker calls the program itself */
        ssize_t len = readlink("/proc/self/exe", target, sizeof target - 1);
        target[len > 0 ? len : 0] = 0;
        path = target;
    }
    const char *slash = strrchr(path, '/');
    path = slash ? slash + 1 : path;
    size_t len = strnlen(path, sizeof module->name - 1);
    memcpy(module->name, path, len); /* the rest is zero */
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    struct ouro__symbols *symbols = arg;
    if (symbols->module_count == OURO__MODULES_MAX)
        return 1;
    struct ouro__module module = {
        .path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe",
        .bias = info->dlpi_addr,
        .low = UINTPTR_MAX,
    };
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD)
            continue;
        uintptr_t low = module.bias + part->p_vaddr, high = low + part->p_memsz;
        module.low = low < module.low ? low : module.low;
        module.high = high > module.high ? high : module.high;
    }
    set_name(&module, info->dlpi_name);
    symbols->modules[symbols->module_count++] = module;
    return 0;
}

static struct ouro__module *module_of(struct ouro__symbols *symbols, uintptr_t address)
{
    for (size_t i = 0; i < symbols->module_count; i++) {
        struct ouro__module *module = &symbols->modules[i];
        if (address >= module->low && address < module->high)
            return module;
    }
    return NULL;
}

/* --- what is in the file; it may be any file by now, so nothing in it is believed ------------- */

static void map_file(struct ouro__module *module)
{
    module->opened = true;
    int fd = open(module->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* the kernel's vdso has no file */
    struct stat status;
    if (fstat(fd, &status) == 0 && status.st_size >= (off_t)sizeof(ElfW(Ehdr))) {
        void *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            module->file = file;
            module->bytes = (size_t)status.st_size;
        }
    }
    close(fd);
}

/* `count` things of `size` bytes at that place; NULL if they are not all there. */
static const void *in_file(const struct ouro__module *module, uint64_t offset, uint64_t count,
                           size_t size)
{
    if (offset > module->bytes || count > (module->bytes - offset) / size ||
        offset % sizeof(ElfW(Addr)))
        return NULL;
    return module->file + offset;
}

static const ElfW(Shdr) * sections(const struct ouro__module *module, size_t *ret_count)
{
    const ElfW(Ehdr) *header = (const void *)module->file;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(ElfW(Shdr)))
        return NULL;
    *ret_count = header->e_shnum;
    return in_file(module, header->e_shoff, header->e_shnum, sizeof(ElfW(Shdr)));
}

static const char *name_at(const struct ouro__module *module, const ElfW(Shdr) * strings,
                           size_t offset)
{
    if (offset >= strings->sh_size || strings->sh_offset > module->bytes ||
        strings->sh_size > module->bytes - strings->sh_offset)
        return NULL;
    const char *name = (const char *)module->file + strings->sh_offset + offset;
    return memchr(name, 0, strings->sh_size - offset) ? name : NULL;
}

static const char *find_in_table(const struct ouro__module *module, const ElfW(Shdr) * table,
                                 const ElfW(Shdr) * strings, size_t offset)
{
    size_t count = table->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *symbols = in_file(module, table->sh_offset, count, sizeof *symbols);
    for (size_t i = 0; symbols && i < count; i++) {
        /* The type's place in st_info is the same for 32 and 64 bits. */
        bool is_code = ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_shndx;
        if (is_code && offset - symbols[i].st_value < symbols[i].st_size)
            return name_at(module, strings, symbols[i].st_name);
    }
    return NULL;
}

static const char *find_in_tables(const struct ouro__module *module, unsigned type, size_t offset)
{
    size_t count = 0;
    const ElfW(Shdr) *all = sections(module, &count);
    for (size_t i = 0; all && i < count; i++) {
        if (all[i].sh_type != type || all[i].sh_link >= count)
            continue;
        const char *name = find_in_table(module, &all[i], &all[all[i].sh_link], offset);
        if (name)
            return name;
    }
    return NULL;
}

/* A stripped file has lost the first table and kept the second. */
static const char *function_at(struct ouro__module *module, size_t offset)
{
    if (!module->opened)
        map_file(module);
    if (!module->file)
        return NULL;
    const char *name = find_in_tables(module, SHT_SYMTAB, offset);
    return name ? name : find_in_tables(module, SHT_DYNSYM, offset);
}

/* --- together --------------------------------------------------------------------------------- */

struct ouro__symbols *ouro__symbols_new(void)
{
    struct ouro__symbols *symbols = calloc(1, sizeof *symbols);
    if (symbols)
        dl_iterate_phdr(add_module, symbols);
    return symbols;
}

struct ouro__symbols *ouro__symbols_free(struct ouro__symbols *symbols)
{
    for (size_t i = 0; symbols && i < symbols->module_count; i++) {
        const struct ouro__module *module = &symbols->modules[i];
        if (module->file)
            munmap((void *)(uintptr_t)module->file, module->bytes);
    }
    free(symbols);
    return NULL;
}

const struct ouro__symbol *ouro__symbol_of(struct ouro__symbols *symbols, uintptr_t address)
{
    struct ouro__symbol *kept = &symbols->kept[address % OURO__SYMBOLS_KEPT];
    if (kept->address == address)
        return kept;
    struct ouro__module *module = module_of(symbols, address);
    *kept = (struct ouro__symbol){.address = address};
    if (module) {
        kept->module = module->name;
        kept->offset = address - module->bias;
        kept->function = function_at(module, kept->offset);
    }
    return kept;
}

# SPDX-License-Identifier: MIT
"""gdb commands for Ouro's tasks, in a live process or a core file.

    (gdb) source tools/gdb_ouro.py
    (gdb) ouro tasks            all tasks of all loops
    (gdb) ouro bt 7             the backtrace of task 7; "ouro bt all" for everybody
    (gdb) ouro task 7           go there: bt, up, frame, info locals ... now are about task 7
    (gdb) ouro task             and back to the thread

With several loops, 1:7 is task 7 of loop 1. The registers of the process are never written: a frame
unwinder of gdb's says that the thread's innermost frame was called from the suspended task. So it
works with core files, and a process that is continued in between takes no harm.
"""
import gdb
import gdb.unwinder

# Where context_<machine>.S leaves each register, from the suspended stack pointer up, and how far
# above it the stack goes on.
LAYOUTS = {
    "x86-64": (
        {"rip": 48, "rbp": 40, "rbx": 32, "r12": 24, "r13": 16, "r14": 8, "r15": 0},
        "rsp",
        56,
    ),
    "aarch64": (
        {"pc": 8, "x29": 0, **{"x%d" % (19 + i): 16 + 8 * i for i in range(10)}},
        "sp",
        160,
    ),
}

STATES = ("ready", "running", "waiting", "done")  # enum ouro__task_state


def fail(text):
    raise gdb.GdbError(text)


def text_of(value):
    return value.string(errors="replace") if int(value) else "?"


def container(link, type_name, member):
    """The struct that an intrusive list's node lies in."""
    kind = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    return (link.cast(gdb.lookup_type("char").pointer()) - offset).cast(kind.pointer())


def each_link(ring):
    link = ring["next"]
    while link != ring.address:
        yield link
        link = link["next"]


class Task:
    def __init__(self, loop_number, pointer):
        self.pointer = pointer
        self.number = int(pointer["number"])
        self.name = text_of(pointer["name"])
        self.place = text_of(pointer["place"])
        self.state = STATES[int(pointer["state"])]
        self.started = bool(pointer["started"])
        self.loop_number = loop_number
        self.is_current = pointer["loop"]["current"] == pointer

    def what(self):
        if self.state == "waiting":
            return "waits for " + text_of(self.pointer["waits_for"])
        if self.is_current:
            return "is running"
        return "is ready" if self.started else "is new"

    def title(self, loops):
        label = "%d:%d" % (self.loop_number, self.number) if loops > 1 else str(self.number)
        return "task %s %s (spawned at %s) %s" % (label, self.name, self.place, self.what())


def loops():
    """All loops, with their places in the table as numbers."""
    try:
        table = gdb.parse_and_eval("ouro__loops")
    except gdb.error:
        fail("this program has no ouro__loops: is libouro in it, with its symbols?")
    found = []
    low, high = table.type.range()
    for i in range(low, high + 1):
        pointer = int(table[i])
        if pointer:
            kind = gdb.lookup_type("struct ouro_loop").pointer()
            found.append((i, gdb.Value(pointer).cast(kind).dereference()))
    return found


def tasks():
    try:
        return [
            Task(number, container(link, "struct ouro_task", "live"))
            for number, loop in loops()
            for link in each_link(loop["tasks"])
        ]
    except gdb.MemoryError:
        fail("the tasks' stacks are not in this core file. gdb's own gcore leaves them out, because it"
             " can't read the guards between them; the kernel's core files have them")


def find(label):
    """The task that "7" or "1:7" means."""
    loop, _, number = label.rpartition(":")
    try:
        loop, number = int(loop) if loop else None, int(number)
    except ValueError:
        fail("a task is a number, as in `ouro tasks`: 7, or 1:7 with several loops")
    found = [t for t in tasks() if t.number == number and loop in (None, t.loop_number)]
    if not found:
        fail("there is no task %s" % label)
    if len(found) > 1:
        fail("several loops have a task %s: say which, as in %d:%s" % (label, found[0].loop_number, label))
    return found[0]


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class SuspendedUnwinder(gdb.unwinder.Unwinder):
    """While a task is looked at: where the thread is, continue with that task's registers."""

    def __init__(self):
        super().__init__("ouro suspended task")
        self.stop_looking()

    def stop_looking(self):
        self.registers = None
        gdb.invalidate_cached_frames()

    def look_at(self, task):
        self.stop_looking()
        frame = gdb.newest_frame()
        machine = frame.architecture().name()
        layout = next((v for k, v in LAYOUTS.items() if k in machine), None)
        if layout is None or not has_field("struct ouro_context", "sp"):
            fail("on this machine (%s) tasks are switched with ucontext: no backtrace" % machine)
        offsets, self.sp_name, size = layout
        pointer = gdb.lookup_type("unsigned long")
        sp = int(task.pointer["context"]["sp"])
        memory = gdb.selected_inferior()
        self.registers = {
            name: gdb.Value(bytes(memory.read_memory(sp + offset, 8)), pointer)
            for name, offset in offsets.items()
        }
        self.registers[self.sp_name] = gdb.Value(sp + size).cast(pointer)
        # gdb takes a caller whose stack lies below that of the callee for a corrupt stack. So the
        # thread's frame is said to lie below the task's.
        self.frame_sp = gdb.Value(sp).cast(pointer)
        self.thread = gdb.selected_thread().ptid
        self.at = (int(frame.read_register(self.sp_name)), frame.pc())
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.registers is None or gdb.selected_thread().ptid != self.thread:
            return None
        sp = pending.read_register(self.sp_name)
        pc = pending.read_register("pc")
        if (int(sp), int(pc)) != self.at:
            return None
        info = pending.create_unwind_info(FrameId(self.frame_sp, pc))
        for name, value in self.registers.items():
            info.add_saved_register(name, value)
        return info


def has_field(type_name, field):
    return any(f.name == field for f in gdb.lookup_type(type_name).fields())


unwinder = SuspendedUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


def go_to(task):
    """Select the innermost frame of a suspended task."""
    if task.is_current:
        fail("task %d is running: see the backtrace of its thread" % task.number)
    if not task.started:
        fail("task %d has not begun" % task.number)
    unwinder.look_at(task)
    gdb.newest_frame().older().select()


def print_backtrace(task, of_loops):
    print(task.title(of_loops))
    if task.is_current or not task.started:
        print("    (running: see its thread)" if task.is_current else "    (has not begun)")
        return
    go_to(task)
    try:
        # From frame 1 on: 0 is where the thread really is.
        lines = gdb.execute("backtrace -frame-arguments scalars", to_string=True).splitlines()
        print("\n".join("    " + line for line in lines if not line.startswith("#0 ")))
    finally:
        unwinder.stop_looking()


class Ouro(gdb.Command):
    """Tasks of Ouro: ouro tasks, ouro bt N, ouro task N."""

    def __init__(self):
        super().__init__("ouro", gdb.COMMAND_STACK, prefix=True)


class OuroTasks(gdb.Command):
    """List all tasks of all loops."""

    def __init__(self):
        super().__init__("ouro tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        number = len(loops())
        for task in tasks():
            print(task.title(number))


class OuroBacktrace(gdb.Command):
    """Print the backtrace of a suspended task: ouro bt N, or ouro bt all."""

    def __init__(self):
        super().__init__("ouro bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            fail("which task? ouro bt N, or ouro bt all")
        number = len(loops())
        for task in tasks() if argument == "all" else [find(argument)]:
            print_backtrace(task, number)


class OuroTask(gdb.Command):
    """Look at a suspended task: bt, up, info locals ... are about it until `ouro task`.

    Frame 0 stays the thread's own; the task's frames are those from 1 on."""

    def __init__(self):
        super().__init__("ouro task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            unwinder.stop_looking()
            gdb.newest_frame().select()
            return
        task = find(argument)
        go_to(task)
        print(task.title(len(loops())))
        gdb.execute("frame")


# What the process does next makes the registers that we have kept worthless.
gdb.events.cont.connect(lambda event: setattr(unwinder, "registers", None))
Ouro()
OuroTasks()
OuroBacktrace()
OuroTask()

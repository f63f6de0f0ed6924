"""Runs the commands of one installed client, each in a process forked from one that has imported it already.

A command line of `openstack` spends most of its second on imports. Here the client's own script runs unchanged in a
child of a process that holds what earlier commands imported. Requests come as JSON lines on descriptor 3:
{"script", "words", "cwd", "env", "stdin" (a path, or null for a closed one), "stdout", "stderr"}; descriptor 4 answers
each with its exit code.
"""

import importlib
import json
import os
import runpy
import sys
import traceback

# What a command imports of these is imported for the commands after it, too.
KEPT = ("cinderclient", "cliff", "glanceclient", "keystoneauth1", "keystoneclient", "novaclient", "openstack",
        "openstackclient", "osc_lib", "swiftclient")


def main():
    warm_up()
    with open(3) as requests, open(4, "w") as answers:
        for line in requests:
            answers.write(f"{run(json.loads(line))}\n")
            answers.flush()


def warm_up():
    """Lets the libraries look once for what is installed, which they do in each process."""
    for module, look in ("cliff.command", "_get_distributions_by_modules"), ("stevedore._cache", "get_group_all"):
        try:
            call = getattr(importlib.import_module(module), look)
            call("openstack.cli") if look == "get_group_all" else call()
        except (ImportError, AttributeError):
            pass  # another release of the library: it looks for itself


def run(request):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os._exit(be_client(request, write))
    os.close(write)
    with open(read) as pipe:
        imported = pipe.read().split()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for name in imported:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # it was made while the command ran
    return status


def be_client(request, report):
    redirect(request)
    before = set(sys.modules)
    sys.argv = [request["script"], *request["words"]]
    code = 0
    try:
        runpy.run_path(request["script"], run_name="__main__")
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    names = [name for name in set(sys.modules) - before if is_kept(name)]
    os.write(report, "\n".join(sorted(names)).encode())
    return code or 0


def is_kept(name):
    package, *_, module = name.split(".") if "." in name else (name, name)
    return package in KEPT and module != "shell"  # those of nova and swift keep the command line of their import


def redirect(request):
    for number, name, flags in (
        (1, "stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        file = os.open(request[name], flags)
        os.dup2(file, number)
        os.close(file)
    if request["stdin"] is None:
        os.close(0)
        sys.stdin = None  # as Python has it where descriptor 0 is closed
    else:
        file = os.open(request["stdin"], os.O_RDONLY)
        os.dup2(file, 0)
        os.close(file)
    os.close(3)
    os.close(4)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])


main()

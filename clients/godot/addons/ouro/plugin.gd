# SPDX-License-Identifier: MIT
@tool
extends EditorPlugin
# There is nothing to set up: OuroClient and the other classes are known by their names. A plugin must have a script.

@echo off
setlocal
rem cloud-images in the editor's terminals, on the Node that the editor brings.
set ELECTRON_RUN_AS_NODE=1
if not defined CLOUD_IMAGES_EDITOR_NODE set CLOUD_IMAGES_EDITOR_NODE=node
"%CLOUD_IMAGES_EDITOR_NODE%" "%~dp0..\..\..\dist\cli.js" %*

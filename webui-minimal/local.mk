# webui-minimal

-- Cloud Images: checks, fixes and completes image manifests. The server is dist/server.js of ~/cloud-images.
local client
vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
  pattern = '*.{image,image-import,image-export,image-patch,server-image,server,image-test}.{yaml,yml,json,jsonc}',
  callback = function(event)
    client = client or vim.lsp.start_client({
      name = 'cloud-images',
      cmd = { 'node', vim.fn.expand('~/cloud-images/dist/server.js'), '--stdio' },
      root_dir = vim.fn.getcwd(),
    })
    vim.lsp.buf_attach_client(event.buf, client)
  end,
})

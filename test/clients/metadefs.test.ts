import { openstackProfile, refused, session, silent } from './session.ts';

session('glance: metadata definitions', openstackProfile, async ({ as }) => {
  const { glance: admin } = as('admin');
  const { glance: owner } = as('owner');
  await owner('md-namespace-list', /OS::Compute::Watchdog/);
  await owner('md-namespace-create mine', refused(/403 Forbidden.*add_metadef_namespace/));
  await admin("md-namespace-create mine --display-name 'My own' --visibility public --protected False", {
    namespace: 'mine',
    display_name: 'My own',
    owner: '100001',
  });
  await admin('md-namespace-create mine', refused(/409 Conflict/));
  await admin('md-namespace-update mine --description ours', { description: 'ours' });
  await owner('md-namespace-show mine', { display_name: 'My own', description: 'ours' });

  const schema = `--schema '{"type": "string", "enum": ["a", "b"]}'`;
  await admin(`md-property-create mine --name p --title P ${schema}`, { name: 'p', enum: '["a", "b"]' });
  await admin('md-property-update mine p --title Q', { title: 'Q' });
  await owner('md-property-list mine', [{ name: 'p', title: 'Q', type: 'string' }]);
  await owner('md-property-show mine p', { title: 'Q' });
  await owner('md-property-delete mine p', refused(/403 Forbidden/));
  await admin('md-property-delete mine p', silent);
  await owner('md-property-show mine p', refused(/404 Not Found/));

  const properties = `--schema '{"properties": {"size": {"type": "string", "title": "Size"}}}'`;
  await admin(`md-object-create mine --name o ${properties}`, { name: 'o', properties: '["size"]' });
  await admin('md-object-update mine o --name thing', { name: 'thing' });
  await owner('md-object-list mine', [{ name: 'thing' }]);
  await owner('md-object-property-show mine thing size', { name: 'size', title: 'Size' });
  await admin('md-object-delete mine thing', silent);
  await owner('md-object-show mine thing', refused(/404 Not Found/));

  await admin('md-tag-create mine --name t', { name: 't' });
  await admin('md-tag-create-multiple mine --names t1,t2', [{ name: 't1' }, { name: 't2' }]);
  await admin('md-tag-update mine t1 --name t3', { name: 't3' });
  await owner('md-tag-list mine', /\| t3 /);
  await admin('md-tag-delete mine t3', silent);
  await owner('md-tag-show mine t3', refused(/404 Not Found/));

  const type = 'OS::Glance::Image';
  await owner('md-resource-type-list', /OS::Glance::Image/);
  await admin(`md-resource-type-associate mine --name ${type} --prefix hw_`, { name: type, prefix: 'hw_' });
  await owner('md-namespace-resource-type-list mine', [{ name: type, prefix: 'hw_' }]);
  await admin(`md-resource-type-deassociate mine ${type}`, silent);
  await admin(`md-resource-type-deassociate mine ${type}`, refused(/404 Not Found/));

  for (const what of ['tags', 'objects', 'properties'])
    await admin(`md-namespace-${what}-delete mine`, silent);
  await admin('md-namespace-update mine --protected True', { protected: 'True' });
  await admin('md-namespace-delete mine', refused(/403 Forbidden/));
  await admin('md-namespace-update mine --protected False', { protected: 'False' });
  await admin('md-namespace-delete mine', silent);
  await owner('md-namespace-show mine', refused(/404 Not Found/));
});
